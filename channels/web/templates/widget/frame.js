  // The chat's frame. We send it one message, to its origin alone, with a port; whatever else is said goes through the port,
  // which no other page can reach. Neither text nor session ever does: from here "focus", "shown", "hidden", from there
  // "ready", "unread" with a count, "close".
  function frame(root, box, hear) {
    var PATIENCE = 20000; // one that has said nothing for so long will not come
    var element = null;
    var port = null;
    var state = "";
    var timer = 0;

    function load() {
      if (element) return;
      element = make("iframe", { src: origin + "/chat?embed=1", title: label });
      element.addEventListener("load", greet);
      document.addEventListener("securitypolicyviolation", function (event) {
        if (/^(frame|child|default)-src/.test(event.effectiveDirective) && String(event.blockedURI).indexOf(origin) === 0) hear.failed();
      });
      timer = setTimeout(hear.failed, PATIENCE);
      box.appendChild(element);
    }

    // At each of its loads: it may have loaded itself anew.
    function greet() {
      var channel = new MessageChannel();
      if (port) port.close();
      port = channel.port1;
      port.onmessage = function (event) {
        var said = event.data || {};
        if (said.type === "ready") {
          clearTimeout(timer);
          hear.ready();
        } else if (said.type === "unread") {
          hear.unread(Math.max(0, said.count | 0));
        } else if (said.type === "close") {
          hear.close();
        }
      };
      element.contentWindow.postMessage("zhengwu-chat", origin, [channel.port2]);
      if (state === "focus" && root.activeElement !== element) state = "shown"; // the citizen has gone elsewhere meanwhile
      if (state) tell(state);
    }

    function tell(said) {
      state = port && said === "focus" ? "shown" : said;
      if (port) port.postMessage(said);
    }

    return {
      load: load,
      tell: tell,
      focus: function () { if (element) element.focus(); }
    };
  }
