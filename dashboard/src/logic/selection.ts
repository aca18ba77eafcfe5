// Deliveries that were chosen, by name. A value: changes make a new one.
import type { DeliveryName } from '../api/types';

export function keyOfDelivery(name: DeliveryName): string {
  return `${name.event_id} ${name.destination}`;
}

export class Selection {
  static readonly none = new Selection(new Map());

  private constructor(private readonly chosen: ReadonlyMap<string, DeliveryName>) {}

  static of(names: DeliveryName[]): Selection {
    return new Selection(new Map(names.map((name) => [keyOfDelivery(name), name])));
  }

  has(name: DeliveryName): boolean {
    return this.chosen.has(keyOfDelivery(name));
  }

  hasAll(names: DeliveryName[]): boolean {
    return names.every((name) => this.has(name));
  }

  toggled(name: DeliveryName): Selection {
    const chosen = new Map(this.chosen);
    if (!chosen.delete(keyOfDelivery(name))) {
      chosen.set(keyOfDelivery(name), name);
    }
    return new Selection(chosen);
  }

  names(): DeliveryName[] {
    return [...this.chosen.values()];
  }
}

// One request takes so many.
export const NAMED_MAX = 1000;

export function inParts<T>(items: T[], size: number = NAMED_MAX): T[][] {
  const parts: T[][] = [];
  for (let begin = 0; begin < items.length; begin += size) {
    parts.push(items.slice(begin, begin + size));
  }
  return parts;
}
