// Published data sets: a row each that says what their files are, and where they can be had.

/** The four files that a data set comes in. */
export const PARTS = ["trainImages", "trainLabels", "testImages", "testLabels"] as const;
export type Part = typeof PARTS[number];

/** A data set of 28x28 pictures, published as four IDX files compressed with gzip. */
export interface Source {
  name: string;
  /** The name as its authors write it. */
  title: string;
  classes: readonly string[];
  /** File names without `.gz`; the SHA-256 is that of the decompressed file. */
  files: Readonly<Record<Part, { name: string; sha256: string }>>;
  /** Web folders that hold the files as `<name>.gz`, tried in turn; each ends with a slash. */
  mirrors: readonly string[];
  /**
   * Folders inside the data folder where people keep the files, looked through in turn. Downloads
   * go to the first, which is ours.
   */
  folders: readonly [string, ...string[]];
  /** Whom to thank. */
  citation: string;
  /** Under which terms the authors give it away. */
  licence: string;
}

/** The classes of what is a digit and what is none. */
export const DIGIT_OR_OTHER: readonly string[] = ["other", "digit"];

const DIGITS = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

/** The mirror of MNIST that web pages of other hosts may read: it sends CORS headers. */
export const PAGE_MIRROR = "https://raw.githubusercontent.com/fgnt/mnist/master/";

export const MNIST: Source = {
  name: "mnist",
  title: "MNIST",
  classes: DIGITS,
  files: {
    trainImages: {
      name: "train-images-idx3-ubyte",
      sha256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    },
    trainLabels: {
      name: "train-labels-idx1-ubyte",
      sha256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    },
    testImages: {
      name: "t10k-images-idx3-ubyte",
      sha256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    },
    testLabels: {
      name: "t10k-labels-idx1-ubyte",
      sha256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    },
  },
  mirrors: [
    "https://ossci-datasets.s3.amazonaws.com/mnist/", // PyTorch's
    "https://storage.googleapis.com/cvdf-datasets/mnist/", // TensorFlow Datasets'
    "https://azureopendatastorage.blob.core.windows.net/mnist/", // Azure Open Datasets
    PAGE_MIRROR,
  ],
  folders: ["mnist", ".", "MNIST/raw"], // the last is torchvision's
  citation: "Y. LeCun, C. Cortes, C. J. C. Burges: The MNIST database of handwritten digits",
  licence: "CC BY-SA 3.0",
};
