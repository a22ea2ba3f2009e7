/** Where generated modules find the building blocks of `wire/`. */

export interface ImportStyle {
  /** The specifier of the file `wire/<file>.ts`. */
  wire(file: string): string;
}

/** A generated server: everything comes from the package's runtime entry. */
export const wireFromPackage: ImportStyle = { wire: () => "gatesmith/runtime" };

/** A module beside a copy of `wire/`, which it reaches by a relative path such as `../wire` or `.`. */
export function wireBeside(folder: string): ImportStyle {
  return { wire: (file) => `${folder}/${file}.js` };
}
