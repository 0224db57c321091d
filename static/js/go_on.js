// Opens the form that was held while its sender signed in; without script, its button does.
document.getElementById("held").requestSubmit();
