// The input: grows with its text, counts, sends on Enter, and leaves input methods alone.

const NEAR = 50;

export class Composer {
  constructor(words, send) {
    this.words = words.composer;
    this.send = send;
    this.text = document.getElementById("text");
    this.button = document.getElementById("send");
    this.count = document.getElementById("count");
    this.text.addEventListener("input", () => this.update());
    this.text.addEventListener("keydown", (event) => {
      const composing = event.isComposing || event.keyCode === 229;
      if (event.key === "Enter" && !event.shiftKey && !composing && !event.defaultPrevented) {
        event.preventDefault();
        this.submit();
      }
    });
    document.getElementById("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.update();
  }

  get length() { return [...this.text.value.trim()].length; }

  ask(text) {
    this.text.value = text;
    this.submit();
  }

  submit() {
    if (!this.length || this.length > this.words.limit) return;
    this.send(this.text.value.trim());
    this.text.value = "";
    this.update();
    this.text.focus();
  }

  update() {
    const { limit } = this.words;
    const over = this.length - limit;
    this.button.disabled = !this.length || over > 0;
    this.count.hidden = this.length < limit - NEAR;
    this.count.classList.toggle("over", over > 0);
    this.count.textContent = (over > 0 ? this.words.over : this.words.count)
      .replace("{over}", over).replace("{count}", this.length).replace("{limit}", limit);
    this.text.setAttribute("aria-invalid", String(over > 0));
    this.text.style.height = "auto";
    this.text.style.height = `${this.text.scrollHeight}px`;
  }
}
