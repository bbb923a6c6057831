// For other pages of the office: <script src="https://…/widget.js" data-label="在线咨询" defer></script>
// adds a button that opens the chat in a window of its own. The chat is not embedded, so that no page can imitate or cover it.
(() => {
  const { src, dataset } = document.currentScript;
  const link = document.createElement("a");
  link.href = new URL("/chat", src).href;
  link.target = "zhengwu-chat";
  link.rel = "noopener";
  link.textContent = dataset.label || "在线咨询";
  Object.assign(link.style, {
    position: "fixed", right: "max(16px, env(safe-area-inset-right))", bottom: "max(16px, env(safe-area-inset-bottom))", zIndex: "2147483000",
    padding: "14px 22px", borderRadius: "999px", background: "#17496f", color: "#fff", textDecoration: "none",
    font: "600 17px/1.2 system-ui, 'PingFang SC', 'Microsoft YaHei', sans-serif", boxShadow: "0 4px 16px rgba(0,0,0,.25)",
  });
  const add = () => document.body.append(link);
  if (document.body) add();
  else addEventListener("DOMContentLoaded", add);
})();
