/** vpcd-card PORT: a scripted card on a virtual reader. */
import { serveVpcd } from '../../../src/authenticator/serve/vpcd.ts';
import { obey } from '../support/key-control.ts';
import { ScriptedCard } from '../support/scripted-key.ts';

await obey(await serveVpcd(new ScriptedCard(), { port: Number(process.argv[2]) }));
