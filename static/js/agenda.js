// On narrow screens a week is a list of days: it opens at today, unless the address says where or today is in sight.
const narrow = matchMedia("(max-width: 960px)");
const today = document.querySelector("[data-today]");

if (today && narrow.matches && !location.hash && scrollY === 0 && today.getBoundingClientRect().top > innerHeight / 2) {
  today.scrollIntoView({ block: "start", behavior: "instant" });
}
