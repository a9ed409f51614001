import fc from 'fast-check';

// Everywhere else properties are tried on other inputs each time; a landing must not depend on that luck.
if (process.env.CI) fc.configureGlobal({ seed: 20_261_121 });
