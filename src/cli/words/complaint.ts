/** What a failure says: what happened and why, and what to do. Values stand in it as they are; whoever prints it escapes. */
export interface Complaint {
  /** No capital and no full stop: it follows `seckey: `. */
  message: string;
  /** Whole sentences, or a command. */
  hint: string;
}
