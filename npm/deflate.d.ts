/** A file compressed by deflate, in base64. */
declare module "*.deflate" {
  const base64: string;
  export default base64;
}
