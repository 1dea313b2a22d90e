// The content security policy forbids htmx's own inline style sheet; office.css has its two rules.
htmx.config.includeIndicatorStyles = false;

// Pages are hidden until Alpine has started, and what is hidden cannot take the focus by itself.
document.addEventListener("alpine:initialized", () => {
    requestAnimationFrame(() => document.querySelector("[autofocus]")?.focus());
});

// A dialog takes the focus when it opens, keeps it while it is open, and gives it back when it closes.
const FOCUSABLE = "a[href], button:not([disabled]), input:not([type=hidden]), select, textarea";
let dialogOpener = null;

document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.target?.id === "modal-content" && !event.target.closest("#modal-content")) {
        dialogOpener = document.activeElement;
    }
});

document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id === "modal-content" || event.target.closest?.("#modal-content")) {
        const dialog = document.querySelector("#modal-content");
        if (!dialog) {
            return;
        }
        dialog.setAttribute("aria-label", dialog.querySelector("h1, h2, h3")?.textContent.trim() || "Command");
        const fields = "input:not([type=hidden]), select, textarea, button[type=submit]";
        requestAnimationFrame(() => dialog.querySelector(fields)?.focus());
    }
});

// A dialog that is refused or breaks says so: the office sends a dialog then too, which htmx would leave out.
document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, target } = event.detail;
    if (xhr.status >= 400 && target.closest("#modal-content") && xhr.responseText.includes('id="dialog"')) {
        event.detail.shouldSwap = true;
    }
});

document.addEventListener("htmx:sendError", (event) => {
    const dialog = event.detail.target?.closest("#modal-content");
    if (dialog) {
        const said = document.createElement("p");
        said.className = "office-alert";
        said.setAttribute("role", "alert");
        said.textContent = "The office does not answer. Whether this was saved is not certain: look at the record.";
        dialog.querySelector(".office-alert")?.remove();
        dialog.prepend(said);
        Alpine.$data(dialog).openModal = true;
    }
});

document.addEventListener("keydown", (event) => {
    const dialog = document.querySelector("#modal-content");
    if (!dialog || dialog.offsetParent === null) {
        return;
    }
    if (event.key === "Escape") {
        requestAnimationFrame(() => dialogOpener?.focus());
    } else if (event.key === "Tab") {
        const stops = [...dialog.querySelectorAll(FOCUSABLE)].filter((stop) => stop.offsetParent !== null);
        const edge = event.shiftKey ? stops[0] : stops.at(-1);
        if (stops.length && (document.activeElement === edge || !dialog.contains(document.activeElement))) {
            event.preventDefault();
            (event.shiftKey ? stops.at(-1) : stops[0]).focus();
        }
    }
});

// unfold's drop-downs and the Filters button are links without an address: let the keyboard reach and press them.
document.addEventListener("DOMContentLoaded", () => {
    for (const icon of document.querySelectorAll("header .material-symbols-outlined[x-on\\:click]")) {
        icon.setAttribute("aria-label", "Show or hide the navigation");
    }
    for (const link of document.querySelectorAll("a:not([href]), header .material-symbols-outlined")) {
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
