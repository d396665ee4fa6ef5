// Runs forms in JavaRosa, the engine inside ODK Collect, from the jar that pyxform ships.
//
//     java -cp ODK_Validate.jar JavaRosaEval.java < jobs.json > results.json
//
// In: [{"xml": XForm, "tables": {name: [row, …]}, "cases": [{"answers": {path: value}, "expressions": […]}]}]
// Out: [[{"nodes": {path: {relevant, required, value, constraint, label?, choices?}}, "values": […]}]]
// A form or an expression that JavaRosa refuses gives {"error": …} in its place.

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.javarosa.core.model.CoreModelModule;
import org.javarosa.core.model.FormDef;
import org.javarosa.core.model.QuestionDef;
import org.javarosa.core.model.SelectChoice;
import org.javarosa.core.model.condition.EvaluationContext;
import org.javarosa.core.model.condition.IFunctionHandler;
import org.javarosa.core.model.data.IAnswerData;
import org.javarosa.core.model.instance.InstanceInitializationFactory;
import org.javarosa.core.model.instance.TreeElement;
import org.javarosa.core.model.instance.TreeReference;
import org.javarosa.core.services.PrototypeManager;
import org.javarosa.core.util.JavaRosaCoreModule;
import org.javarosa.form.api.FormEntryController;
import org.javarosa.form.api.FormEntryModel;
import org.javarosa.form.api.FormEntryPrompt;
import org.javarosa.model.xform.XFormsModule;
import org.javarosa.xform.util.XFormAnswerDataParser;
import org.javarosa.xform.util.XFormUtils;
import org.javarosa.xpath.XPathParseTool;
import org.javarosa.xpath.expr.XPathFuncExpr;
import org.javarosa.xpath.expr.XPathExpression;

public class JavaRosaEval {
    static final ObjectMapper JSON = new ObjectMapper();

    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, "UTF-8");
        System.setOut(new PrintStream(OutputStream.nullOutputStream()));
        PrototypeManager.registerPrototypes(JavaRosaCoreModule.classNames);
        PrototypeManager.registerPrototypes(CoreModelModule.classNames);
        new XFormsModule().registerModule();
        ArrayNode results = JSON.createArrayNode();
        for (JsonNode job : JSON.readTree(System.in)) {
            ArrayNode cases = results.addArray();
            for (JsonNode one : job.get("cases")) {
                try {
                    cases.add(run(job, one));
                } catch (Throwable error) {
                    cases.addObject().put("error", String.valueOf(error.getMessage()));
                }
            }
        }
        out.println(JSON.writeValueAsString(results));
    }

    static ObjectNode run(JsonNode job, JsonNode one) throws Exception {
        byte[] xml = job.get("xml").asText().getBytes(StandardCharsets.UTF_8);
        FormDef form = XFormUtils.getFormFromInputStream(new ByteArrayInputStream(xml));
        form.getEvaluationContext().addFunctionHandler(new PullData(job.path("tables")));
        form.initialize(true, new InstanceInitializationFactory());
        if (form.getLocalizer() != null) {
            form.getLocalizer().setLocale(one.path("lang").asText(form.getLocalizer().getDefaultLocale()));
        }
        List<TreeElement> leaves = new ArrayList<>();
        collect(form.getMainInstance().getRoot(), leaves);
        JsonNode answers = one.path("answers");
        for (TreeElement leaf : leaves) {
            String path = path(leaf);
            if (answers.has(path)) {
                form.setValue(data(form, leaf, answers.get(path).asText()), leaf.getRef(), true);
            }
        }
        ObjectNode result = JSON.createObjectNode();
        ObjectNode nodes = result.putObject("nodes");
        for (TreeElement leaf : leaves) {
            ObjectNode node = nodes.putObject(path(leaf));
            IAnswerData value = leaf.getValue();
            node.put("relevant", leaf.isRelevant());
            node.put("required", leaf.isRequired());
            node.put("value", value == null || !leaf.isRelevant() ? "" : value.uncast().getString());
            node.put("constraint", value == null || form.evaluateConstraint(leaf.getRef(), value));
        }
        FormEntryModel model = new FormEntryModel(form);
        FormEntryController controller = new FormEntryController(model);
        controller.jumpToIndex(org.javarosa.core.model.FormIndex.createBeginningOfFormIndex());
        for (int event = controller.stepToNextEvent(); event != FormEntryController.EVENT_END_OF_FORM; event = controller.stepToNextEvent()) {
            if (event != FormEntryController.EVENT_QUESTION) {
                continue;
            }
            FormEntryPrompt prompt = model.getQuestionPrompt();
            ObjectNode node = (ObjectNode) nodes.get(prompt.getIndex().getReference().toString(false));
            String label = prompt.getQuestionText();
            node.put("label", label == null ? "" : label.trim());
            List<SelectChoice> choices = prompt.getSelectChoices();
            if (choices != null) {
                ArrayNode values = node.putArray("choices");
                for (SelectChoice choice : choices) {
                    values.add(choice.getValue());
                }
            }
        }
        if (one.has("expressions")) {
            ArrayNode values = result.putArray("values");
            TreeReference context = form.getMainInstance().getRoot().getRef();
            for (JsonNode expression : one.get("expressions")) {
                try {
                    EvaluationContext scope = new EvaluationContext(form.getEvaluationContext(), context);
                    XPathExpression parsed = XPathParseTool.parseXPath(expression.asText());
                    Object value = XPathFuncExpr.unpack(parsed.eval(form.getMainInstance(), scope));
                    values.add(XPathFuncExpr.toString(value));
                } catch (Throwable error) {
                    values.addObject().put("error", String.valueOf(error.getMessage()));
                }
            }
        }
        return result;
    }

    static IAnswerData data(FormDef form, TreeElement leaf, String text) {
        if (text.isEmpty()) {
            return null;
        }
        QuestionDef question = FormDef.findQuestionByRef(leaf.getRef(), form);
        return XFormAnswerDataParser.getAnswerData(text, leaf.getDataType(), question);
    }

    static void collect(TreeElement element, List<TreeElement> leaves) {
        for (int i = 0; i < element.getNumChildren(); i++) {
            TreeElement child = element.getChildAt(i);
            if (child.getName().equals("meta")) {
                continue;
            }
            if (child.getNumChildren() > 0) {
                collect(child, leaves);
            } else {
                leaves.add(child);
            }
        }
    }

    static String path(TreeElement element) {
        return element.getRef().toString(false);
    }

    /** Collect's pulldata, over the tables of the job. */
    static class PullData implements IFunctionHandler {
        final JsonNode tables;

        PullData(JsonNode tables) {
            this.tables = tables;
        }

        @Override public String getName() {
            return "pulldata";
        }

        @Override public List<Class[]> getPrototypes() {
            return new ArrayList<>();
        }

        @Override public boolean rawArgs() {
            return true;
        }

        @Override public boolean realTime() {
            return false;
        }

        @Override public Object eval(Object[] values, EvaluationContext scope) {
            String wanted = XPathFuncExpr.toString(values[3]);
            for (JsonNode row : tables.path(XPathFuncExpr.toString(values[0]))) {
                if (row.path(XPathFuncExpr.toString(values[2])).asText().equals(wanted)) {
                    return row.path(XPathFuncExpr.toString(values[1])).asText();
                }
            }
            return "";
        }
    }
}
