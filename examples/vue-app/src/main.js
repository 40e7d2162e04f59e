import { createAuth } from "portcullis/vue";
import { createApp } from "vue";
import { createRouter, createWebHistory } from "vue-router";
import App from "./App.vue";
import Home from "./Home.vue";
import Inbox from "./Inbox.vue";
import Profile from "./Profile.vue";
import "./style.css";

const { issuer, clientId, api } = await (await fetch("/config.json")).json();

const auth = createAuth({
  issuer,
  clientId,
  redirectUri: "/callback",
  postLogoutRedirectUri: "/",
  scope: "openid profile email offline_access inbox.read",
  resource: api,
  apis: [api],
});

const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: "/inbox", component: Inbox, meta: { requiresAuth: true } },
    { path: "/profile", component: Profile, meta: { requiresAuth: true } },
    { path: "/:any(.*)", component: Home },
  ],
});
auth.guard(router);

createApp(App).use(auth).use(router).provide("api", api).mount("#app");
