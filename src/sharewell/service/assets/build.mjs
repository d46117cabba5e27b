// Compiles the style sheet and copies the script of GOV.UK Frontend into ../static/sharewell.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { compile } from "sass";

const frontend = "node_modules/govuk-frontend";
const out = "../static/sharewell";
mkdirSync(out, { recursive: true });

const { css } = compile("sharewell.scss", {
  loadPaths: [`${frontend}/dist`],
  style: "compressed",
  quietDeps: true,
});
for (const forbidden of ["GDS Transport", "url(", "crown", "crest"]) {
  if (css.includes(forbidden)) {
    throw new Error(`The style sheet names '${forbidden}', which it must not. Look at sharewell.scss.`);
  }
}
writeFileSync(`${out}/sharewell.css`, css);

const script = readFileSync(`${frontend}/dist/govuk/govuk-frontend.min.js`, "utf8");
writeFileSync(`${out}/govuk-frontend.min.js`, script.replace(/\n?\/\/# sourceMappingURL=.*\n?/, "\n"));
for (const own of ["service.js", "icon.svg", "LICENCE-govuk-frontend.txt"]) {
  copyFileSync(own, `${out}/${own}`);
}
