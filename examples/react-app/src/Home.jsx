import { useAuth } from "portcullis/react";
import { Link } from "react-router";

export function Home() {
  const { user, error } = useAuth();
  return (
    <section className="card">
      <h1>{user ? `Welcome, ${user.name}` : "Welcome"}</h1>
      {error && <p role="alert">You could not be logged in: {error.message}.</p>}
      <p>
        Anyone may read this page. The <Link to="/inbox">inbox</Link> is for members: it takes you
        to the login page and back.
      </p>
    </section>
  );
}
