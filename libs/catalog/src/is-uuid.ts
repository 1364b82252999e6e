/** Whether a text from outside may be asked for as an id: anything else PostgreSQL would refuse. */
export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}
