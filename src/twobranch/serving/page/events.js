// Who wants to know what.

export class Events {
  #listeners = new Map();

  /** Call `listener` whenever `name` happens. */
  on(name, listener) {
    this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), listener]);
    return this;
  }

  /** Tell that `name` happened. */
  emit(name, ...values) {
    for (const listener of this.#listeners.get(name) ?? []) listener(...values);
  }
}
