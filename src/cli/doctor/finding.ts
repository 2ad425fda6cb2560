/** What one look found. `hint` says what to do. */
export interface Finding {
  readonly what: string;
  readonly state: "ok" | "warning" | "failed";
  readonly message: string;
  readonly hint?: string;
}
