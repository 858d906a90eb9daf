/**
 * Stands in for the platform's rate-limit binding, which plain workerd does not have: counts in memory and never refuses,
 * so that a burst of forged keys measures the refusal of the key and not of the address.
 */
const counts = new Map();

export default function rateLimiter() {
  return {
    async limit({ key }) {
      counts.set(key, (counts.get(key) ?? 0) + 1);
      return { success: true };
    },
  };
}
