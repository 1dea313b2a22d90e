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

// unfold's drop-downs and the Filters button are links without an address: let the keyboard reach and press them.
document.addEventListener("DOMContentLoaded", () => {
    for (const link of document.querySelectorAll("a:not([href])")) {
        if (link.hasAttribute("x-on:click")) {
            link.setAttribute("role", "button");
            link.tabIndex = 0;
            link.addEventListener("keydown", (event) => {
                if (event.key === "Enter" || event.key === " ") {
                    event.preventDefault();
                    link.click();
                }
            });
        }
    }
});
