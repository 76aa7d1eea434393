// A compiler that ran processors would run this one.
// expect: accepted
import java.util.Set;
import javax.annotation.processing.*;
import javax.lang.model.element.TypeElement;

@SupportedAnnotationTypes("*")
class Processor extends AbstractProcessor {
    static {
        if (System.getProperty("java.class.path").isEmpty()) throw new Error("the compiler ran it");
    }

    public boolean process(Set<? extends TypeElement> annotations, RoundEnvironment round) {
        throw new Error("the compiler ran it");
    }
}

class Main {
    public static void main(String[] arguments) throws Exception {
        boolean out = new java.io.File("/etc/passwd").exists();
        try {
            new java.net.Socket("169.254.169.254", 80);
            out = true;
        } catch (java.io.IOException expected) {
        }
        System.out.println(out ? "out" : "contained");
    }
}
