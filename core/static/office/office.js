// The content security policy forbids htmx's own inline style sheet; office.css has its two rules.
htmx.config.includeIndicatorStyles = false;
