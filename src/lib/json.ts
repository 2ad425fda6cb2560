/** Any value that JSON can hold. What crosses a journal, a process or a network is of this type. */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  [key: string]: JsonValue;
}
