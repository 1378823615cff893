export interface Size {
  name: string;
  bytes: number;
  most: number;
}
export function measureSizes(kit: string): Promise<Size[]>;
export function overBudget(rows: readonly Size[]): Size[];
export function sizeTable(rows: readonly Size[]): string;
