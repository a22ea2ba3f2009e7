/** What is encoded and decoded: many messages of a kind, so that no compiler learns one by heart. The same in every run. */

export interface Line {
  room: string;
  from: string;
  text: string;
  sentAt: bigint;
  color: number;
}

export interface Step {
  x: number;
  y: number;
  z: number;
  entity: number;
  heading: number;
}

export const COUNT = 64;

const ENGLISH = {
  rooms: ["lobby", "arena-7", "guild.red", "trade"],
  names: ["ann", "bertrand", "kira_92", "zoe"],
  texts: ["hello everybody", "who is at the gate?", "brb", "selling two swords, cheap"],
};

const CHINESE = {
  rooms: ["大厅", "竞技场七号", "红色公会", "交易"],
  names: ["小明", "风清扬", "剑客九二", "李雷"],
  texts: ["大家好", "谁在城门口等我?", "马上回来", "出售两把宝剑,价格便宜"],
};

export const englishLines = lines(ENGLISH);
export const chineseLines = lines(CHINESE);

export const steps: readonly Step[] = Array.from({ length: COUNT }, (_, index) => ({
  x: Math.fround(index * 17.25 - 400),
  y: Math.fround(index / 7),
  z: Math.fround(-index * 3.5),
  entity: index * 977 + 5,
  heading: (index * 45) % 360,
}));

function lines({ rooms, names, texts }: typeof ENGLISH): readonly Line[] {
  return Array.from({ length: COUNT }, (_, index) => ({
    room: rooms[index & 3]!,
    from: names[(index >> 2) & 3]!,
    text: texts[(index >> 4) & 3]!,
    sentAt: 1_767_225_600_000n + BigInt(index * 1_234_567),
    color: index * 4099,
  }));
}
