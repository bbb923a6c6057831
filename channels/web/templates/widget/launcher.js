// For other sites: <script src="https://…/widget.js" data-label="…" defer></script>, see docs/widget.md.
// Plain ES5, so that what an old browser cannot do still becomes a link that opens the chat in a window. Nothing is left
// in the page's globals, and no style is written as an attribute: a strict Content-Security-Policy allows all of it.
(function (settings) {
  "use strict";

  var NAME = "zhengwu-chat"; // our element, and what we remember in this tab
  var REVIVALS = 5;
  var words = settings.words;
  var script = document.currentScript || last(document.querySelectorAll('script[src*="/widget.js"]'));
  if (!script || !script.src) return;
  var origin = originOf(script.src);
  var label = (script.getAttribute("data-label") || "").trim().slice(0, 20) || words.label;

  if (document.prerendering) document.addEventListener("prerenderingchange", whenParsed, { once: true });
  else whenParsed();

  function whenParsed() {
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
    else start();
  }

  function start() {
    var known = document.querySelector(NAME);
    if (known && known.zhengwu) return; // included twice, or run again by a single-page app
    if (known) known.parentNode.removeChild(known); // left over in a page that was rendered beforehand
    var element = create();
    var root = styled(element);
    if (!root) {
      element.parentNode.removeChild(element);
      create().appendChild(bare(link()));
      return;
    }
    var place = make("div", { "class": script.getAttribute("data-position") === "left" ? "place left" : "place" });
    (script.getAttribute("data-offset") || "").trim().split(/[\s,]+/).slice(0, 2).forEach(function (pixels, index) {
      if (/^\d{1,3}$/.test(pixels)) place.style.setProperty(index ? "--up" : "--aside", pixels + "px");
    });
    root.appendChild(place);
    // Made for wide screens, shown on a phone: all is drawn that much smaller.
    var shrunk = document.documentElement.clientWidth / screen.width;
    var tiny = screen.width <= 480 && shrunk > 1.5;
    if (tiny) place.style.setProperty("--scale", String(shrunk));
    // There, and on a page that may not embed the chat or is itself sandboxed, a link of the same looks.
    if (!tiny && new RegExp(settings.origins).test(self.origin || location.origin)) panel(root, place);
    else place.appendChild(link());
    keep(element);
  }

  // At the end of the document, not in the body: single-page apps replace that.
  function create() {
    var element = document.createElement(NAME);
    element.zhengwu = true;
    element.lang = "zh-CN";
    return document.documentElement.appendChild(element);
  }

  // A shadow root with our style; nothing where there is no such thing or the site's policy forbids it.
  function styled(element) {
    if (!element.attachShadow) return null;
    var root = element.attachShadow({ mode: "open" });
    try {
      var sheet = new CSSStyleSheet();
      sheet.replaceSync(settings.style);
      root.adoptedStyleSheets = [sheet];
      return root;
    } catch (error) { // before Chrome 73, Firefox 101, Safari 16.4
      var style = document.createElement("style");
      style.nonce = script.nonce || "";
      style.textContent = settings.style;
      root.appendChild(style);
      return style.sheet && style.sheet.cssRules.length ? root : null;
    }
  }

  // Some frameworks draw the whole document anew.
  function keep(element) {
    var revivals = 0;
    new MutationObserver(function () {
      if (element.parentNode || revivals >= REVIVALS) return;
      revivals += 1;
      document.documentElement.appendChild(element);
    }).observe(document.documentElement, { childList: true });
  }

  function link() {
    return make("a", { "class": "launcher", href: origin + "/chat", target: "_blank", rel: "noopener" }, face());
  }

  // Where no style sheet of ours can be: properties set one by one are allowed everywhere.
  function bare(element) {
    var looks = {
      position: "fixed", right: "20px", bottom: "20px", zIndex: "2147483000", padding: "14px 22px", borderRadius: "26px",
      background: "#17496f", color: "#fff", font: "600 17px/1.4 'Microsoft YaHei', sans-serif", textDecoration: "none"
    };
    element.textContent = label;
    Object.keys(looks).forEach(function (name) { element.style[name] = looks[name]; });
    return element;
  }

  function face() {
    return [
      drawing("talk", "M5.5 4h13A2.500 2.500 0 0 1 21 6.500v8a2.500 2.500 0 0 1-2.500 2.500H13l-4.500 3.800V17h-3A2.500 2.500 0 0 1 3 14.500v-8A2.500 2.500 0 0 1 5.500 4zM7.500 8.800h9M7.500 12.500h5.500"),
      drawing("fold", "M5.500 9.500 12 16l6.500-6.500"),
      make("span", {}, [label])
    ];
  }

  function drawing(name, lines) {
    var space = "http://www.w3.org/2000/svg";
    var svg = document.createElementNS(space, "svg");
    var path = document.createElementNS(space, "path");
    svg.setAttribute("class", name);
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    path.setAttribute("d", lines);
    svg.appendChild(path);
    return svg;
  }

  function make(tag, attributes, children) {
    var element = document.createElement(tag);
    Object.keys(attributes).forEach(function (name) { element.setAttribute(name, attributes[name]); });
    (children || []).forEach(function (child) {
      element.appendChild(typeof child === "string" ? document.createTextNode(child) : child);
    });
    return element;
  }

  function last(list) {
    return list[list.length - 1];
  }

  function originOf(address) {
    var anchor = document.createElement("a");
    anchor.href = address;
    return anchor.protocol + "//" + anchor.host;
  }

{% include "widget/panel.js" %}

{% include "widget/frame.js" %}
})({{ settings|tojson }});
