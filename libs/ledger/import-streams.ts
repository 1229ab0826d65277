/** Causes of the events that imports of one register (or of ledgers) record begin with this. */
export function causeOf(register: string | undefined): string {
  return `${register ? `register:${register}` : 'ledger'}:`;
}

export function streamOf(project: string): string {
  return `project-${project}`;
}
