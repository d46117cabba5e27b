// The pages work without this: it only adds comfort.
import { initAll } from "./govuk-frontend.min.js";

document.body.classList.add("js-enabled", "govuk-frontend-supported");
initAll();
document.querySelector(".govuk-error-summary")?.focus();

// Warns before the session ends for want of activity, and lets one stay.
const warning = document.querySelector("[data-timeout]");
if (warning) {
  const idle = Number(warning.dataset.timeout) * 1000;
  const ahead = Math.min(Number(warning.dataset.warning) * 1000, idle / 2);
  let timer;
  const start = () => {
    warning.hidden = true;
    clearTimeout(timer);
    timer = setTimeout(() => {
      warning.hidden = false;
      warning.querySelector("button").focus();
      // A little later than the server, which counts in whole seconds.
      timer = setTimeout(() => location.assign(warning.dataset.ended), ahead + 2000);
    }, idle - ahead);
  };
  warning.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target;
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
    if (answer.ok && !answer.redirected) start();
    else location.assign(warning.dataset.ended);
  });
  start();
}

// A job's page looks again by itself; without this, there is a link for that.
const look = async () => {
  const shown = document.querySelector("[data-live]");
  const answer = await fetch(location.href);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const now = answer.ok && page.getElementById(shown.id);
  if (!now) return location.reload();
  shown.replaceChildren(...now.childNodes);
  if (now.hasAttribute("data-live")) setTimeout(look, 2000);
};
if (document.querySelector("[data-live]")) setTimeout(look, 1000);
