// What of src/ is needed before the wasm is there, or without it.

declare module "*/src/browser/ahead.js" {
  export function goAhead(session: string): Promise<string | undefined>;
  export function forgetAhead(session: string): void;
}

declare module "*/src/browser/frame.js" {
  export function handOver(): boolean;
}

declare module "*/src/browser/ends.js" {
  export function endsAgain(): boolean;
}

declare module "*/src/js/rest.js" {
  export const failure: unknown;
  export function provideRest(how: () => Promise<void> | undefined): void;
}

declare module "*/src/browser/page.js" {
  export function resolve(url: string): string | undefined;
}
