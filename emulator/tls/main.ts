// The plugin that Pulumi's engine starts as pulumi-resource-tls: keys of ECDSA's P256, authorities, and what they sign.
import { createHash } from "node:crypto";
import sdk from "@pulumi/tls/package.json" with { type: "json" };
import { differences } from "../provider/diff.ts";
import {
  boolean,
  complete,
  list,
  number,
  object,
  oneOf,
  type Properties,
  problems,
  string,
} from "../provider/properties.ts";
import { type Provider, serve } from "../provider/server.ts";
import { expectType } from "../provider/urn.ts";
import { type Bag, resolveReferences, unwrapSecrets, wrapSecret } from "../provider/values.ts";
import { authority, newKey, request, signed, uses } from "./keys.ts";

const replaceOnChange = true;
const text = () => string({ required: true, replaceOnChange });
const key = () => string({ required: true, replaceOnChange, sensitive: true });
const subject = () =>
  object({ commonName: string({ required: true, replaceOnChange }) }, { required: true, replaceOnChange });
const certificate = {
  allowedUses: list(string({ constraint: oneOf(...uses) }), { required: true, replaceOnChange }),
  validityPeriodHours: number({
    required: true,
    replaceOnChange,
    constraint: { test: (hours) => Number.isInteger(hours) && hours > 0, allowed: "a whole number above 0" },
  }),
};

interface Type {
  properties: Properties;
  /** What comes out, secrets wrapped. */
  make(inputs: never): Promise<Bag> | Bag;
}

const types: Record<string, Type> = {
  "tls:index/privateKey:PrivateKey": {
    properties: {
      algorithm: string({ required: true, replaceOnChange, constraint: oneOf("ECDSA") }),
      ecdsaCurve: string({ required: true, replaceOnChange, constraint: oneOf("P256") }),
    },
    make: () => {
      const { privateKeyPem, privateKeyPemPkcs8, publicKeyPem } = newKey();
      return {
        privateKeyPem: wrapSecret(privateKeyPem),
        privateKeyPemPkcs8: wrapSecret(privateKeyPemPkcs8),
        publicKeyPem,
      };
    },
  },
  "tls:index/selfSignedCert:SelfSignedCert": {
    properties: {
      privateKeyPem: key(),
      subject: subject(),
      isCaCertificate: boolean({
        required: true,
        replaceOnChange,
        constraint: { test: (is) => is, allowed: "true" },
      }),
      setSubjectKeyId: boolean({
        required: true,
        replaceOnChange,
        constraint: { test: (is) => is, allowed: "true" },
      }),
      ...certificate,
    },
    make: async ({
      subject,
      ...rest
    }: Parameters<typeof authority>[0] & { subject: { commonName: string } }) => ({
      ...(await authority({ ...rest, commonName: subject.commonName })),
    }),
  },
  "tls:index/certRequest:CertRequest": {
    properties: {
      privateKeyPem: key(),
      subject: subject(),
      dnsNames: list(string(), { default: [], replaceOnChange }),
    },
    make: ({
      privateKeyPem,
      subject,
      dnsNames,
    }: {
      privateKeyPem: string;
      subject: { commonName: string };
      dnsNames: string[];
    }) => request(privateKeyPem, subject.commonName, dnsNames),
  },
  "tls:index/locallySignedCert:LocallySignedCert": {
    properties: { certRequestPem: text(), caCertPem: text(), caPrivateKeyPem: key(), ...certificate },
    make: async (inputs: Parameters<typeof signed>[0]) => ({ ...(await signed(inputs)) }),
  },
};

const typeOf = (urn: string): Type => types[expectType(urn, Object.keys(types))] as Type;

const provider: Provider = {
  version: sdk.version,
  check(urn, _olds, news) {
    const { properties } = typeOf(urn);
    const inputs = complete(properties, resolveReferences(news) as Bag);
    return { inputs, failures: problems(properties, unwrapSecrets(inputs), "InvalidAttribute") };
  },
  diff: (urn, state, inputs) => ({
    differences: differences(typeOf(urn).properties, unwrapSecrets(state), unwrapSecrets(inputs)),
    deleteBeforeReplace: false,
  }),
  async create(urn, inputs, preview) {
    if (preview) return { id: "", outputs: inputs };
    const made = await typeOf(urn).make(unwrapSecrets(inputs) as never);
    const id = createHash("sha1").update(JSON.stringify(made)).digest("hex");
    return { id, outputs: { ...inputs, ...made } };
  },
  read: (_urn, id, outputs) => ({ id, outputs }),
  update: async (_urn, _id, state, inputs) => ({ ...state, ...inputs }),
  delete: async () => undefined,
};

serve(provider);
