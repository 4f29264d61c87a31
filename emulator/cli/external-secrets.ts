// External Secrets Operator, made when a stack has it for the first time.
import { packExternalSecretsChart } from "../engines/external-secrets.ts";
import { externalSecrets } from "../toolchain/external-secrets.ts";
import { isMissing, provide } from "../toolchain/toolchain.ts";

/** The file of its chart. */
export async function provideExternalSecrets(): Promise<string> {
  const { title, minutes } = externalSecrets;
  if (await isMissing(externalSecrets))
    console.log(`${title}: made once, which takes about ${minutes} min …`);
  await provide(externalSecrets, () => undefined);
  return packExternalSecretsChart();
}
