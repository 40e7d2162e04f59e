import { useAuth } from "portcullis/react";

export function Profile() {
  const { user, state } = useAuth();
  return (
    <section className="card">
      <h1>Profile</h1>
      <dl>
        <dt>Name</dt>
        <dd>{user.name}</dd>
        <dt>Email</dt>
        <dd>{user.email}</dd>
        <dt>Subject</dt>
        <dd>{user.sub}</dd>
        <dt>Token good until</dt>
        <dd>{new Date(state.expiresAt).toLocaleTimeString()}</dd>
      </dl>
    </section>
  );
}
