export { createTestClient } from "./test_client.js";
export type { TestClient } from "./test_client.js";
export type { TestClientOptions, TestUser } from "./test_client_options.js";
export { authError } from "./test_error.js";
export type { AuthErrorExtras } from "./test_error.js";
export type { TestCall, TestMethod } from "./test_script.js";
