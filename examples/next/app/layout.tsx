import type { ReactNode } from "react";

/** The root layout, without which Next.js does not build. */
export default function Layout({ children }: { readonly children: ReactNode }) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  );
}
