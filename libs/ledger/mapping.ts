/** How the columns of a register feed the fields of a ledger row (`deploy/mappings/*.json`). */
export interface RegisterMapping {
  id: string;
}
