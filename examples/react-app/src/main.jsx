import { AuthProvider } from "portcullis/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter } from "react-router";
import { ApiContext } from "./api.js";
import { App } from "./App.jsx";
import "./style.css";

const { issuer, clientId, api } = await (await fetch("/config.json")).json();

const config = {
  issuer,
  clientId,
  redirectUri: "/callback",
  postLogoutRedirectUri: "/",
  scope: "openid profile email offline_access inbox.read",
  resource: api,
  apis: [api],
};

createRoot(document.getElementById("app")).render(
  <StrictMode>
    <AuthProvider
      config={config}
      fallback={<p role="status">Looking for your session…</p>}
      errorFallback={(error) => <p role="alert">This app can’t start: {error.message}</p>}
    >
      <ApiContext value={api}>
        <BrowserRouter>
          <App />
        </BrowserRouter>
      </ApiContext>
    </AuthProvider>
  </StrictMode>,
);
