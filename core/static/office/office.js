// The content security policy forbids htmx's own inline style sheet; office.css has its two rules.
htmx.config.includeIndicatorStyles = false;

// Pages are hidden until Alpine has started, and what is hidden cannot take the focus by itself.
document.addEventListener("alpine:initialized", () => {
    requestAnimationFrame(() => document.querySelector("[autofocus]")?.focus());
});

// A dialog takes the focus when it opens, so that the keyboard goes on where the eye is.
document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id === "modal-content" || event.target.closest?.("#modal-content")) {
        const fields = "input:not([type=hidden]), select, textarea, button[type=submit]";
        requestAnimationFrame(() => document.querySelector("#modal-content")?.querySelector(fields)?.focus());
    }
});
