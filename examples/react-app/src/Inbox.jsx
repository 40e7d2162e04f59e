import { useApi } from "./api.js";

export function Inbox() {
  const { data, error } = useApi("/inbox");
  return (
    <section className="card">
      <h1>Inbox</h1>
      {error && <p role="alert">Your messages did not come: {error.message}</p>}
      {!data && !error && <p role="status">Fetching your messages…</p>}
      <ul className="messages">
        {data?.messages.map((message) => (
          <li key={message}>{message}</li>
        ))}
      </ul>
    </section>
  );
}
