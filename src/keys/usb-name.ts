/** Maker and product as one name, the maker not twice. */
export function usbName({ manufacturer, product }: { manufacturer: string; product: string }): string {
  return product.startsWith(manufacturer) ? product : `${manufacturer} ${product}`;
}
