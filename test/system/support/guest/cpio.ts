/** An initramfs is a cpio archive of the "newc" kind: each entry a header of hexadecimal text, name and content. */

const S_IFCHR = 0o020000;
const S_IFDIR = 0o040000;
const S_IFREG = 0o100000;
const S_IFLNK = 0o120000;

export class Cpio {
  readonly #chunks: Uint8Array[] = [];
  #inode = 1;

  directory(name: string): void {
    this.#add(name, S_IFDIR | 0o755);
  }

  file(name: string, content: Uint8Array, mode = 0o644): void {
    this.#add(name, S_IFREG | mode, content);
  }

  link(name: string, target: string): void {
    this.#add(name, S_IFLNK | 0o777, Buffer.from(target));
  }

  characterDevice(name: string, major: number, minor: number): void {
    this.#add(name, S_IFCHR | 0o600, new Uint8Array(0), [major, minor]);
  }

  finish(): Uint8Array {
    this.#add('TRAILER!!!', 0);
    return Buffer.concat(this.#chunks);
  }

  #add(name: string, mode: number, content: Uint8Array = new Uint8Array(0), [major, minor] = [0, 0]): void {
    const nul = Buffer.from(`${name}\0`);
    const fields = [this.#inode++, mode, 0, 0, 1, 0, content.length, 0, 0, major, minor, nul.length, 0];
    const header = `070701${fields.map((field) => (field ?? 0).toString(16).padStart(8, '0')).join('')}`;
    this.#push(Buffer.concat([Buffer.from(header), nul]));
    this.#push(content);
  }

  #push(part: Uint8Array): void {
    this.#chunks.push(part, new Uint8Array(-part.length & 3));
  }
}
