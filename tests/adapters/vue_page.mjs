import { createAuth, useAuth } from "portcullis/vue";
import { createApp, h, ref } from "vue";
import { RouterView, createRouter, createWebHistory } from "vue-router";

/**
 * @typedef {object} Adapter what a test does with the page
 * @property {import("portcullis/vue").AuthPlugin} auth
 * @property {import("vue-router").Router} router
 * @property {() => { status: number, name: number, expiry: number }} renders how often each component was
 * @property {() => void} unmount
 */

/** @typedef {Window & { settings: { config?: Record<string, unknown> }, adapter: Adapter }} TestWindow */

const { settings } = /** @type {TestWindow} */ (/** @type {unknown} */ (window));
const { issuer, clientId, api } = await (await fetch("/config.json")).json();
const renders = { status: 0, name: 0, expiry: 0 };

const Status = {
  setup() {
    const { status, error } = useAuth();
    return () => {
      renders.status += 1;
      return h("p", { id: "status" }, `${status.value} ${error.value?.code ?? ""}`);
    };
  },
};

const Name = {
  setup() {
    const { auth } = useAuth();
    return () => {
      renders.name += 1;
      return h("p", { id: "name" }, auth.value.user?.name);
    };
  },
};

const Expiry = {
  setup() {
    const { state } = useAuth();
    return () => {
      renders.expiry += 1;
      return h("p", state.value?.status === "authenticated" ? state.value.expiresAt : "");
    };
  },
};

const Home = { render: () => h("h1", "Home") };

const Inbox = {
  setup() {
    const { fetch } = useAuth();
    const messages = ref("");
    void fetch(`${api}/inbox`)
      .then((response) => response.json())
      .then((inbox) => (messages.value = inbox.messages.join(" ")));
    return () => h("p", { id: "inbox" }, messages.value);
  },
};

const auth = createAuth({
  issuer,
  clientId,
  redirectUri: "/callback",
  scope: "openid profile email offline_access inbox.read",
  resource: api,
  apis: [api],
  ...settings.config,
});
const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: "/inbox", component: Inbox, meta: { requiresAuth: true } },
    { path: "/:any(.*)*", component: Home },
  ],
});
auth.guard(router);

const app = createApp({ render: () => [h(Status), h(Name), h(Expiry), h(RouterView)] });
app.use(auth).use(router).mount("#app");

/** @type {Adapter} */
const adapter = { auth, router, renders: () => ({ ...renders }), unmount: () => app.unmount() };
Object.assign(window, { adapter });
