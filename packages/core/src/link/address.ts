/** The address of an end point below the hub’s own; a query of the hub’s address is kept. */
export function below(url: string, endPoint: string, query: string): string {
  const [path = '', own] = url.split('?', 2);
  return `${path.replace(/\/$/, '')}/${endPoint}?${own ? `${own}&` : ''}${query}`;
}
