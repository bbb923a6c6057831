  // The button and the panel. Where it fills a phone's screen the panel is modal and over all else; elsewhere the page stays usable.
  function panel(root, place) {
    var SMALL = matchMedia("(max-width: 480px), (max-height: 480px)");
    var badge = make("span", { "class": "badge", "aria-hidden": "true", hidden: "" });
    var button = make("button", {
      type: "button", "class": "launcher", "aria-expanded": "false", "aria-haspopup": "dialog", "aria-controls": "panel"
    }, face().concat(badge));
    var news = make("span", { "class": "unseen", role: "status" });
    var shut = make("button", { type: "button" }, [words.shut]);
    var away = make("a", { href: origin + "/chat", target: "_blank", rel: "noopener" }, [words.window]);
    var message = make("p", { role: "status" }, [words.loading]);
    var waiting = make("div", { "class": "waiting" }, [message, make("p", {}, [away, shut])]);
    var box = make("dialog", { "class": "panel", id: "panel", "aria-label": words.frame.replace("{label}", label) }, [waiting]);
    var opened = false;
    var talk = frame(root, box, {
      ready: function () { waiting.hidden = true; },
      failed: function () {
        message.textContent = words.failed;
        if (box.contains(root.activeElement)) away.focus();
      },
      unread: unread,
      close: function () { turn(false, true); }
    });

    [button, box, news].forEach(function (element) { place.appendChild(element); });
    button.addEventListener("click", function () { turn(!opened, true); });
    shut.addEventListener("click", function () { turn(false, true); });
    place.addEventListener("keydown", function (event) {
      if (event.key !== "Escape" || !opened) return;
      event.stopPropagation();
      turn(false, true);
    });
    box.addEventListener("close", function () { if (opened && !box.open) turn(false, true); }); // by the browser's own means
    if (SMALL.addEventListener) SMALL.addEventListener("change", function () {
      if (!opened) return;
      box.close();
      show(true);
    });
    if (window.visualViewport) visualViewport.addEventListener("resize", fit);
    window.addEventListener("pageshow", function (event) { if (event.persisted) turn(remembered() === "open", false); });

    var before = remembered();
    var wished = script.hasAttribute("data-open") && script.getAttribute("data-open") !== "false" && !SMALL.matches;
    if (before === "open" || (!before && wished)) turn(true, false);
    else if (before) whenLoaded(talk.load); // was opened in this tab: a person may still be answering

    // by: whether the citizen did it just now, so that the focus may move.
    function turn(on, by) {
      if (on === opened) return;
      opened = on;
      button.setAttribute("aria-expanded", String(on));
      place.classList.toggle("open", on);
      if (on) {
        talk.load();
        unread(0);
        show(by);
        talk.tell(by ? "focus" : "shown");
      } else {
        talk.tell("hidden");
        if (box.close) box.close();
        else box.removeAttribute("open");
        if (by) button.focus();
      }
      if (by) remember(on ? "open" : "closed");
    }

    function show(by) {
      fit();
      if (SMALL.matches && box.showModal) box.showModal();
      else box.setAttribute("open", ""); // unlike show(), it leaves the focus
      if (by) talk.focus();
    }

    // Above a phone's keyboard.
    function fit() {
      var view = window.visualViewport;
      if (view && Math.abs(view.scale - 1) < 0.01) box.style.setProperty("--height", view.height + "px");
    }

    function unread(count) {
      var says = count ? words.unread.replace("{count}", count) : "";
      badge.hidden = !count;
      badge.textContent = count > 99 ? "99+" : count || "";
      if (count) button.setAttribute("aria-label", label + "，" + says);
      else button.removeAttribute("aria-label");
      news.textContent = count ? label + "：" + says : "";
    }
  }

  function whenLoaded(work) {
    if (document.readyState === "complete") work();
    else window.addEventListener("load", function () { work(); });
  }

  function remembered() {
    try { return sessionStorage.getItem(NAME); } catch (error) { return null; }
  }

  function remember(state) {
    try { sessionStorage.setItem(NAME, state); } catch (error) { /* then only this page knows */ }
  }
