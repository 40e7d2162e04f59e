import { RequireAuth, useAuth } from "portcullis/react";
import { NavLink, Outlet, Route, Routes } from "react-router";
import { Home } from "./Home.jsx";
import { Inbox } from "./Inbox.jsx";
import { Profile } from "./Profile.jsx";

export function App() {
  return (
    <Routes>
      <Route element={<Layout />}>
        <Route element={<UsersOnly />}>
          <Route path="inbox" element={<Inbox />} />
          <Route path="profile" element={<Profile />} />
        </Route>
        <Route path="*" element={<Home />} />
      </Route>
    </Routes>
  );
}

function Layout() {
  return (
    <>
      <header>
        <nav aria-label="Main">
          <NavLink to="/">Home</NavLink>
          <NavLink to="/inbox">Inbox</NavLink>
          <NavLink to="/profile">Profile</NavLink>
        </nav>
        <Account />
      </header>
      <main>
        <Outlet />
      </main>
    </>
  );
}

function Account() {
  const { user, loginWithRedirect, logout } = useAuth();
  if (!user) {
    return (
      <button className="primary" onClick={() => loginWithRedirect({ returnTo: location.href })}>
        Log in
      </button>
    );
  }
  return (
    <p className="account">
      <span>{user.name}</span>
      <button onClick={() => logout()}>Log out</button>
    </p>
  );
}

function UsersOnly() {
  return (
    <RequireAuth
      fallback={<p role="status">Taking you to the login page…</p>}
      anonymous={({ error, login }) => (
        <section className="card">
          <h1>For members</h1>
          <p>{error ? `You are not logged in: ${error.message}.` : "You are logged out."}</p>
          <button className="primary" onClick={login}>
            Log in to go on
          </button>
        </section>
      )}
    >
      <Outlet />
    </RequireAuth>
  );
}
