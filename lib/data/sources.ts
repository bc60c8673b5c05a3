// Published data sets: a row each that says what their files are, and where they can be had.

/** The four files that a data set comes in. */
export const PARTS = ["trainImages", "trainLabels", "testImages", "testLabels"] as const;
export type Part = typeof PARTS[number];

/** What is in them, decompressed. */
export type Files = Record<Part, Uint8Array<ArrayBuffer>>;

/** One of the files, */
export interface SourceFile {
  /** without `.gz`. */
  name: string;
  /** Of the decompressed file, in hexadecimal. */
  sha256: string;
  /**
   * The SHA-256 is that of the `.gz` as published, for no other has been: only that can be checked,
   * and only that is looked for.
   */
  isHashedAsGzip?: true;
}

/** A data set of 28x28 pictures, published as four IDX files compressed with gzip. */
export interface Source {
  name: string;
  /** The name as its authors write it. */
  title: string;
  classes: readonly string[];
  /** How many pictures there are to train on, */
  train: number;
  /** and to test. */
  test: number;
  files: Readonly<Record<Part, SourceFile>>;
  /** Rows and columns of the pictures are swapped. */
  isTransposed?: true;
  /** The one file that the four `.gz` are published in, with others beside them. */
  archive?: Archive;
  /** Web folders that hold the archive or else the files as `<name>.gz`; each ends with a slash. */
  mirrors: readonly string[];
  /** Of the whole download. */
  bytes: number;
  /**
   * Folders inside the data folder where people keep the files, looked through in turn. Downloads
   * go to the first, which is ours. The data folder itself is one only where no other data set has
   * files of the same names.
   */
  folders: readonly [string, ...string[]];
  /** Whom to thank. */
  citation: string;
  /** Under which terms the authors give it away. */
  licence: string;
}

/** A ZIP file of more than is needed. */
export interface Archive {
  name: string;
  bytes: number;
  sha256: string;
  /** The folder in it that has the files, with a slash at its end. */
  folder: string;
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
  train: 60_000,
  test: 10_000,
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
  bytes: 11_594_722, // TensorFlow Datasets, url_checksums/mnist.txt
  folders: ["mnist", ".", "MNIST/raw"], // the last is torchvision's, here and below
  citation: "Y. LeCun, C. Cortes, C. J. C. Burges: The MNIST database of handwritten digits",
  licence: "CC BY-SA 3.0",
};

const EMNIST_DIGITS: Source = {
  name: "emnist-digits",
  title: "EMNIST Digits",
  classes: DIGITS,
  train: 240_000,
  test: 40_000,
  // Measured by others on the members of the archive below, whose own SHA-256 TensorFlow Datasets
  // has in url_checksums/emnist.txt.
  files: {
    trainImages: {
      name: "emnist-digits-train-images-idx3-ubyte",
      sha256: "0fd17ca7bc21f8a10f68356f3c60e9c36ef287895394791ecd051c7a15ea4acd",
    },
    trainLabels: {
      name: "emnist-digits-train-labels-idx1-ubyte",
      sha256: "86013a4b932e35477a90ecff239cf492643795cf3c68dd6b7fae3264fb24316b",
    },
    testImages: {
      name: "emnist-digits-test-images-idx3-ubyte",
      sha256: "3075fed46264a655192bd2ac1dafba8ce0c5184802d74acd0a123e25daa15c50",
    },
    testLabels: {
      name: "emnist-digits-test-labels-idx1-ubyte",
      sha256: "a456cc5cfc928851403b513f94937b9d7570f424ea6d56dce3b28f6c0723608a",
    },
  },
  isTransposed: true,
  archive: {
    name: "gzip.zip",
    bytes: 561_753_746,
    sha256: "fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e",
    folder: "gzip/",
  },
  mirrors: [
    "https://biometrics.nist.gov/cs_links/EMNIST/",
    "https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/",
  ],
  bytes: 561_753_746,
  folders: ["emnist-digits", ".", "EMNIST/raw", "EMNIST", "gzip"], // the last is the archive's
  citation: "G. Cohen, S. Afshar, J. Tapson, A. van Schaik: EMNIST: an extension of MNIST to " +
    "handwritten letters, 2017",
  licence: "public domain",
};

const QMNIST: Source = {
  name: "qmnist",
  title: "QMNIST",
  classes: DIGITS,
  train: 60_000,
  test: 60_000,
  // TensorFlow Datasets, url_checksums/qmnist.txt, and torchvision's prototype of its data sets.
  files: {
    trainImages: {
      name: "qmnist-train-images-idx3-ubyte",
      sha256: "9e26a7bf1683614e065d7b76460ccd52807165b3f22561fb782bd9f38c52b51d",
      isHashedAsGzip: true,
    },
    trainLabels: {
      name: "qmnist-train-labels-idx2-int",
      sha256: "2c05dc77f6b916b38e455e97ab129a42a444f3dbef09b278a366f82904e0dd9f",
      isHashedAsGzip: true,
    },
    testImages: {
      name: "qmnist-test-images-idx3-ubyte",
      sha256: "43fc22bf7498b8fc98de98369d72f752d0deabc280a43a7bcc364ab19e57b375",
      isHashedAsGzip: true,
    },
    testLabels: {
      name: "qmnist-test-labels-idx2-int",
      sha256: "9fbcbe594c3766fdf4f0b15c5165dc0d1e57ac604e01422608bb72c906030d06",
      isHashedAsGzip: true,
    },
  },
  mirrors: ["https://raw.githubusercontent.com/facebookresearch/qmnist/master/"],
  bytes: 20_436_162, // TensorFlow Datasets, as above
  folders: ["qmnist", ".", "QMNIST/raw"],
  citation: "C. Yadav, L. Bottou: Cold case: the lost MNIST digits, 2019",
  licence: "BSD-3-Clause",
};

const FASHION_MNIST: Source = {
  name: "fashion-mnist",
  title: "Fashion-MNIST",
  classes: [
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
  ],
  train: 60_000,
  test: 10_000,
  // Measured on Debian's package dataset-fashion-mnist, which has them compressed anew.
  files: {
    trainImages: {
      name: "train-images-idx3-ubyte",
      sha256: "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    },
    trainLabels: {
      name: "train-labels-idx1-ubyte",
      sha256: "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    },
    testImages: {
      name: "t10k-images-idx3-ubyte",
      sha256: "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    },
    testLabels: {
      name: "t10k-labels-idx1-ubyte",
      sha256: "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    },
  },
  mirrors: [
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    "https://fashion-mnist.s3.eu-central-1.amazonaws.com/",
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/", // as the authors have it
  ],
  bytes: 30_878_645, // TensorFlow Datasets, url_checksums/fashion_mnist.txt
  folders: ["fashion-mnist", "FashionMNIST/raw"],
  citation: "H. Xiao, K. Rasul, R. Vollgraf: Fashion-MNIST: a novel image dataset for " +
    "benchmarking machine learning algorithms, 2017",
  licence: "MIT",
};

const KMNIST: Source = {
  name: "kmnist",
  title: "Kuzushiji-MNIST",
  classes: ["お", "き", "す", "つ", "な", "は", "ま", "や", "れ", "を"],
  train: 60_000,
  test: 10_000,
  // TensorFlow Datasets, url_checksums/kmnist.txt
  files: {
    trainImages: {
      name: "train-images-idx3-ubyte",
      sha256: "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
      isHashedAsGzip: true,
    },
    trainLabels: {
      name: "train-labels-idx1-ubyte",
      sha256: "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
      isHashedAsGzip: true,
    },
    testImages: {
      name: "t10k-images-idx3-ubyte",
      sha256: "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
      isHashedAsGzip: true,
    },
    testLabels: {
      name: "t10k-labels-idx1-ubyte",
      sha256: "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
      isHashedAsGzip: true,
    },
  },
  mirrors: ["https://codh.rois.ac.jp/kmnist/dataset/kmnist/"],
  bytes: 21_240_888, // as above
  folders: ["kmnist", "KMNIST/raw"],
  citation:
    "T. Clanuwat, M. Bober-Irizar, A. Kitamoto, A. Lamb, K. Yamamoto, D. Ha: Deep learning " +
    "for classical Japanese literature, 2018",
  licence: "CC BY-SA 4.0",
};

/** All of them: those of digits, then others of MNIST's form. */
export const SOURCES: readonly Source[] = [MNIST, EMNIST_DIGITS, QMNIST, FASHION_MNIST, KMNIST];
