import { AuthError, createClient, type Client } from "portcullis";
import { loadDemoConfig, type DemoConfig } from "./demo_config";
import { DemoPage } from "./demo_page";
import { element } from "./element";
import { EventLog } from "./event_log";
import { describeLogEvent } from "./log_event";
import { Notice } from "./notice";
import { newTabLabel } from "./tab_label";

const log = new EventLog();
const notice = new Notice();

try {
  const config = await loadDemoConfig();
  const client = await startClient(config);
  const tabLabel = tabLabelOf(client) ?? newTabLabel();
  showTabLabel(tabLabel);
  if (client.callback?.returnTo) {
    history.replaceState(null, "", client.callback.returnTo);
  }
  new DemoPage(client, config, tabLabel, log, notice).open();
} catch (error) {
  document.body.dataset["status"] = "failed";
  showTabLabel(newTabLabel());
  notice.show(error, "Is the demo still running? Then reload this page.");
  log.add(
    `The demo could not start${error instanceof AuthError ? ` (${error.code})` : ""}.`,
    "bad",
  );
} finally {
  element("#starting").hidden = true;
  element("#log-card").hidden = false;
}

function startClient({ issuer, clientId, api }: DemoConfig): Promise<Client> {
  return createClient({
    issuer,
    clientId,
    scope: "openid profile email offline_access inbox.read",
    postLogoutRedirectUri: "/",
    resource: api,
    apis: [api],
    // The page tells the events of the client in its own words.
    logger: (event) => event.event ?? log.add(describeLogEvent(event), "detail"),
  });
}

/** A tab keeps its name through a login: it travels as the app's own state. */
function tabLabelOf(client: Client): string | undefined {
  const appState = client.callback?.appState as { tab?: unknown } | undefined;
  return typeof appState?.tab === "string" ? appState.tab : undefined;
}

function showTabLabel(label: string): void {
  element("#tab-label").textContent = label;
  document.title = `${label} · Portcullis`;
}
