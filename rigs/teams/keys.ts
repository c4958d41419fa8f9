import { createSign, generateKeyPairSync, randomUUID } from "node:crypto";

/** Signs tokens as the Bot Framework does, and publishes the key they are checked with. */
export interface Signer {
  /** The JSON Web Key Set; `endorsements` name the channels a key may speak for. */
  readonly keys: { readonly keys: readonly object[] };
  sign(claims: Readonly<Record<string, unknown>>, header?: Readonly<Record<string, unknown>>): string;
}

export function createSigner(endorsements: readonly string[] = ["msteams"]): Signer {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const kid = randomUUID();
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return {
    keys: { keys: [{ ...publicKey.export({ format: "jwk" }), use: "sig", kid, endorsements }] },
    sign(claims, header = {}) {
      const text = `${encode({ typ: "JWT", alg: "RS256", kid, ...header })}.${encode(claims)}`;
      return `${text}.${createSign("RSA-SHA256").update(text).sign(privateKey, "base64url")}`;
    },
  };
}
