/**
 * How plans become TypeScript: message types with their body codecs, header classes with their layout codecs. Both TypeScript
 * targets print with this, and so does `wire/control.ts`. Everything here returns a module's text without its first line.
 */
export { type ImportStyle, wireBeside, wireFromPackage } from "./import-style.js";
export { jsonCodecName, printJsonMessages } from "./json-messages.js";
export type { JsonPlaces } from "./json-module.js";
export { layoutNames, printLayouts } from "./layouts.js";
export { messageNames, printMessages, sessionFields } from "./messages.js";
export { printScanKey } from "./scan-key.js";
