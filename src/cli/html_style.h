/* src/cli/page.css as text. */
#ifndef CLI_HTML_STYLE_H
#define CLI_HTML_STYLE_H

extern const char html_style[];

#endif
