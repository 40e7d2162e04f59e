/** Where the demo's servers are, as the page's own server tells it. */
export interface DemoConfig {
  issuer: string;
  clientId: string;
  /** Base URL of the protected API, without a trailing slash; also its resource indicator. */
  api: string;
}

export async function loadDemoConfig(): Promise<DemoConfig> {
  const response = await fetch("/config.json");
  if (!response.ok) {
    throw new Error(`/config.json answered ${response.status}`);
  }
  return (await response.json()) as DemoConfig;
}
