import hooks from "eslint-plugin-react-hooks";
import { defineConfig } from "eslint/config";
import ts from "typescript-eslint";

/** What a room may not import: shared things know no feature, features know neither each other nor the application. */
const closed = (...patterns) => ({ "no-restricted-imports": ["error", { patterns: patterns.map((group) => ({ group: [group] })) }] });
const features = ["accounts", "authoring", "boards", "catalogue", "classes", "operating", "progress", "solving", "teaching"];

export default defineConfig(
  { ignores: ["dist", "node_modules", "src/lib/schema.d.ts"] },
  ts.configs.recommended,
  { rules: { "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true }] } },
  { files: ["src/**/*.{ts,tsx}"], plugins: { "react-hooks": hooks }, rules: { "react-hooks/rules-of-hooks": "error", "react-hooks/exhaustive-deps": "error" } },
  { files: ["src/lib/**", "src/components/**"], rules: closed("**/features/**", "**/app/**") },
  ...features.map((feature) => ({
    files: [`src/features/${feature}/**`],
    rules: closed("**/app/**", ...features.filter((other) => other !== feature).map((other) => `**/${other}/*`)),
  })),
);
