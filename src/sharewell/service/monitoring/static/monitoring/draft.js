// Keeps what is typed on the server each time the typing pauses, and does not let a form go while
// there is no connection. The pages work without this.
const form = document.querySelector("form[data-draft]");
const said = document.querySelector("[data-draft-said]");
const PAUSE = 700;
const AGAIN = 3000;
let timer;
let unkept = false;
let leaving = false;

const say = (words) => {
  if (said.textContent !== words) said.textContent = words;
};

// Whether there is somebody to send the form to, kept or not.
const keep = async () => {
  clearTimeout(timer);
  const typed = new FormData(form);
  typed.set("form", location.pathname + location.search);
  try {
    const answer = await fetch(form.dataset.draft, { method: "POST", body: typed });
    if (answer.redirected) {
      say("You were signed out. Sign in again in another tab; what you typed stays here.");
      return false;
    }
    unkept = !answer.ok;
    say(answer.ok ? "What you typed is kept." : "What you typed could not be kept.");
    return true;
  } catch {
    unkept = true;
    say("No connection. What you typed stays on this page. Leave it open: it is tried again.");
    timer = setTimeout(keep, AGAIN);
    return false;
  }
};

if (form) {
  form.addEventListener("input", () => {
    unkept = true;
    clearTimeout(timer);
    timer = setTimeout(keep, PAUSE);
  });
  // Somebody quick may have typed before this was there.
  const begun = [...form.elements].some(
    (box) =>
      ("defaultValue" in box && box.value !== box.defaultValue) ||
      box.checked !== box.defaultChecked,
  );
  if (begun) keep();
  addEventListener("online", () => unkept && keep());
  form.addEventListener("submit", async (event) => {
    if (leaving) return;
    event.preventDefault();
    clearTimeout(timer);
    const button = event.submitter;
    if (await keep()) {
      leaving = true;
      form.requestSubmit(button);
    }
  });
}
