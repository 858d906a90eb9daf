/** SQL text of a fixture, as the bundler hands it over. */
declare module "*.sql?raw" {
  const text: string;
  export default text;
}
declare module "*.example?raw" {
  const text: string;
  export default text;
}
