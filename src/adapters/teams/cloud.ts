/** Where Microsoft's services are, and whom we let speak for them. */
export interface Cloud {
  /** Who signs what the Bot Framework sends us. */
  readonly tokenIssuer: string;
  /** OpenID metadata of those signatures. */
  readonly openIdUrl: string;
  /** Where our own token comes from; the tenant's id and /oauth2/v2.0/token follow. Ends in a slash. */
  readonly loginUrl: string;
  /** Whom our token is for. */
  readonly scope: string;
  /** Where conversations are that nobody has spoken in yet. */
  readonly serviceUrl: string;
  /** Whether an address may be given our token and our messages. */
  serves(url: string): boolean;
}

/** The public cloud, GCC included. https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication */
export const publicCloud: Cloud = {
  tokenIssuer: "https://api.botframework.com",
  openIdUrl: "https://login.botframework.com/v1/.well-known/openidconfiguration",
  loginUrl: "https://login.microsoftonline.com/",
  scope: "https://api.botframework.com",
  serviceUrl: "https://smba.trafficmanager.net/teams/",
  serves: (url) => isServiceOf(url, "https:", /^smba\.trafficmanager\.net$|^smba\.infra\.gcc\.teams\.microsoft\.com$/),
};

/** A local client that signs nothing, such as Microsoft's Agents Playground: only this machine is trusted. */
export const localCloud: Cloud = {
  ...publicCloud,
  serves: (url) => isServiceOf(url, "http:", /^(localhost|127\.0\.0\.1|\[::1\])$/),
};

function isServiceOf(text: string, protocol: string, host: RegExp): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return url.protocol === protocol && host.test(url.hostname) && url.username === "" && url.password === "";
}
