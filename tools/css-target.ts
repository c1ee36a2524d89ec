/** Browsers that know `light-dark()`: a rewritten one would lose its colours. */
export const CSS_TARGET = ['chrome123', 'firefox120', 'safari17.5']
