// Django's admin writes its <html> itself: the person's choice of light or dark is put there before anything is drawn.
document.documentElement.dataset.theme = document.currentScript.dataset.appearance;
